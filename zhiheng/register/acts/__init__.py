"""Every change of state: who, in one transaction, with one event in the audit."""
