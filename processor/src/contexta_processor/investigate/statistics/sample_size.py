"""How many samples would have settled it?"""

from math import ceil

from contexta_processor.investigate.statistics.estimates import Estimate

# z of 97.5 % (the interval's end) plus z of 80 % (how often an unchanged candidate should pass): 1.96 + 0.84.
_REACH = 2.8


def n_needed(estimate: Estimate, margin: float) -> int | None:
    """Samples at which an unchanged candidate is shown to be within `margin` four times in five.

    n · (2.8 · se / margin)², rounded up: the size at which a 95 % interval of an unchanged candidate stays
    above −margin with probability 0.8. Counts what `estimate.n` counts; with groups, groups as large as
    those seen. None where there is no standard error to reckon from, or no margin.
    """
    if not estimate.se or margin <= 0.0:
        return None
    return ceil(estimate.n * (_REACH * estimate.se / margin) ** 2)
