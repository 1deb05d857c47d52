"""One PowerFlex gateway: its HTTP interface, sessions, objects, statistics and misbehaviour."""
