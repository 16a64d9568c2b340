"""固证: the record of an online extraction and its list, drafted for two officers to sign, with what has changed."""
