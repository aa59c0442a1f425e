"""Papers for reimbursement (报销材料包): everything that an organisation's finance office asks for, in one PDF and one ZIP."""
