"""How many samples would have settled it?"""

from math import ceil, isfinite

from contexta_processor.investigate.statistics.estimates import Estimate

# z of 80 %: how often an unchanged candidate should pass. With the 1.96 of a 95 % interval it makes 2.8.
_POWER = 0.84


def n_needed(estimate: Estimate, margin: float) -> int | None:
    """Samples at which an unchanged candidate is shown to be within `margin` four times in five.

    n · (2.8 · se / margin)², rounded up, for a 95 % interval of 1.96 standard errors; where the estimate's
    own interval reaches further (few groups, skewed scores), as much further. Counts what `estimate.n`
    counts; with groups, groups as large as those seen; never fewer than `n_least`, or than rule out the `unseen`. None where there is no
    standard error to reckon from, or no margin.
    """
    if not estimate.se or margin <= 0.0:
        return None
    reach = (estimate.high - estimate.low) / 2.0 + _POWER * estimate.se
    needed = estimate.n * (reach / margin) * (reach / margin)
    least = max(estimate.n_least or 0, ceil(estimate.n * (estimate.unseen or 0.0) / margin))
    return max(ceil(needed), least) if isfinite(needed) else None
