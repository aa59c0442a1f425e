"""What buyers say of goods that they have received, what the shop answers, and what of it is shown."""
