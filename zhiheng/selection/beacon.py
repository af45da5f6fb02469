"""The drand beacon, verified without a network: the signature of a round under the chain's public key.

drand (League of Entropy) publishes one BLS12-381 threshold signature a round; its SHA-256 is the round's randomness. Nobody can
know it before the round, and nobody can choose it. Chains and their keys are data in zhiheng/law/int/draw.yaml.
"""

from collections.abc import Callable, Mapping
from typing import Any

from zhiheng.errors import SeedInvalid, UsageError

try:
    import drand_verify
except ImportError:  # an extra: the package is compiled, and no other seed needs it
    drand_verify = None

# scheme → (round, signature, previous signature, public key) → randomness, each as hexadecimal digits
Check = Callable[[int, str, str, str], str]


def schemes() -> dict[str, Check]:
    """How each of drand's schemes is verified."""
    if drand_verify is None:
        raise UsageError("a drand beacon can only be verified with 'pip install zhiheng[beacon]' (drand-verify)")
    verify = drand_verify
    return {
        "pedersen-bls-chained": lambda number, sig, prev, pk: verify.verify_pedersen_bls_chained(number, prev, sig, pk),
        # the message of an unchained round is that of a chained one with nothing before it
        "pedersen-bls-unchained": lambda number, sig, _, pk: verify.verify_pedersen_bls_chained(number, "", sig, pk),
        "bls-unchained-on-g1": lambda number, sig, _, pk: verify.verify_bls_unchained_on_g1(number, sig, pk),
        "bls-unchained-g1-rfc9380": lambda number, sig, _, pk: verify.verify_bls_unchained_g1_rfc9380(number, sig, pk),
    }


def randomness(chain: Mapping[str, Any], beacon: Mapping[str, Any]) -> bytes:
    """The 32 bytes of a round, after its signature has been verified under the chain's key.

    SeedInvalid: the signature does not hold, or the randomness given is not that of the signature.
    """
    check = schemes().get(str(chain["scheme"]))
    if check is None:
        raise SeedInvalid(f"drand scheme '{chain['scheme']}' is not one of {', '.join(schemes())}")
    number, signature = beacon.get("round"), str(beacon.get("signature", ""))
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**64:
        raise SeedInvalid(
            f"the beacon's round is {number!r}, not a whole number above 0: save the beacon as drand gives it"
        )
    _hexadecimal("signature", signature, (96, 192))
    _hexadecimal("previous_signature", str(beacon.get("previous_signature") or ""), (0, 64, 192))
    _hexadecimal("the chain's public_key", str(chain["public_key"]), (96, 192))
    try:
        found = check(number, signature, str(beacon.get("previous_signature") or ""), str(chain["public_key"]))
    except ValueError as error:
        raise SeedInvalid(
            f"the signature of drand round {number} does not hold under the chain's key ({error}): nothing is drawn; "
            "fetch the round again, from another relay if need be"
        ) from error
    given = beacon.get("randomness")
    if given is not None and str(given).lower() != found:
        raise SeedInvalid(
            f"drand round {number}: the randomness given is not the SHA-256 of the signature: nothing is drawn; "
            "fetch the round again"
        )
    return bytes.fromhex(found)


def _hexadecimal(name: str, digits: str, lengths: tuple[int, ...]) -> None:
    """Refuse what is no point of the curve by its form alone: the library would end the process."""
    if len(digits) not in lengths or set(digits) - set("0123456789abcdef"):
        raise SeedInvalid(
            f"{name} is not {' or '.join(str(length) for length in lengths)} small hexadecimal digits, so it does not hold: "
            "save the beacon as drand gives it"
        )


def published(chain: Mapping[str, Any], number: int) -> int:
    """When a round is published, in seconds since 1970 (drand common/time.go: round 1 at the genesis).

    >>> published({"genesis_time": 1692803367, "period": 3}, 2)
    1692803370
    """
    return int(chain["genesis_time"]) + (number - 1) * int(chain["period"])
