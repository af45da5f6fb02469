"""The account: signing in and out, second factors, sessions, keys for the API; and for administrators everybody's accounts."""
