"""What an address says by itself, for linking; the knowledge is `model.addresses`, which readers share."""

from auditor.model.addresses import HOLE, OWN, PRIVATE, PUBLIC, STAND_IN, UNKNOWN, host_of, nature, settled

__all__ = ["HOLE", "OWN", "PRIVATE", "PUBLIC", "STAND_IN", "UNKNOWN", "host_of", "nature", "settled"]
