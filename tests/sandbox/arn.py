"""ARNs of IAM roles and the partitions of AWS, as far as the far end judges them (protocol reference 4.2)."""

import dataclasses
import re

# partition -> pattern of its regions, suffix of its host names, suffix of the dual-stack ones
PARTITIONS = {
    "aws": (r"(us|eu|ap|sa|ca|me|af|il|mx)-(?!gov-|iso)[a-z]+-[0-9]+", "amazonaws.com", "api.aws"),
    "aws-cn": (r"cn-[a-z]+-[0-9]+", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "aws-us-gov": (r"us-gov-[a-z]+-[0-9]+", "amazonaws.com", "api.aws"),
    "aws-eusc": (r"eusc-[a-z]+-[a-z]+-[0-9]+", "amazonaws.eu", "api.amazonwebservices.eu"),
    "aws-iso": (r"us-iso-[a-z]+-[0-9]+", "c2s.ic.gov", None),
    "aws-iso-b": (r"us-isob-[a-z]+-[0-9]+", "sc2s.sgov.gov", None),
    "aws-iso-e": (r"eu-isoe-[a-z]+-[0-9]+", "cloud.adc-e.uk", None),
    "aws-iso-f": (r"us-isof-[a-z]+-[0-9]+", "csp.hci.ic.gov", None),
}
LONGEST = 2048
_ROLE = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):role/((?:[\x21-\x7e]+/)*)([\w+=,.@-]{1,64})", re.ASCII)


@dataclasses.dataclass
class Role:
    partition: str
    account: str
    name: str


def parse_role(text):
    """The parts of a role ARN, or None."""
    found = _ROLE.fullmatch(text)
    if not found or len(text) > LONGEST or found[1] not in PARTITIONS:
        return None
    return Role(found[1], found[2], found[4])


def partition_of(region):
    """The partition a region belongs to, or None."""
    for name, (pattern, _, _) in PARTITIONS.items():
        if re.fullmatch(pattern, region):
            return name
    return None
