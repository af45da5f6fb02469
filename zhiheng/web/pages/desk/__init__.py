"""Pages of casework: the work list, a case, its acts, what is late, messages."""
