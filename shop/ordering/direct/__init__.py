"""Orders whose goods do not come from a basket: of campaigns, gifts, quotations, and those taken down by the team."""
