"""How whatever an admin maintains is written: judged by a table of rules, with before and after in the audit trail."""
