"""The loop over a lake, day by day: judge what came, count it, and judge again exactly what a change of law touches.

The judgements of one state of the law are a book: a lake of their own, beside the evidence. Its findings hold everything
that is not plain, its ledger the verdicts, its cells the prepared counts. Each commit of a book names the commit of the
evidence that it was made from, so that any figure can be made again as it was known and as it was judged on a day.
"""

from zhiheng.daily.judgement import judge
from zhiheng.daily.law import EACH_DAY, Law, law
from zhiheng.daily.place import Place
from zhiheng.daily.replaying import replayed

__all__ = ["EACH_DAY", "Law", "Place", "judge", "law", "replayed"]
