"""The spool under its first name; see `dcp.create.work.spool`."""

from dcp.create.work.spool import INDEX_SUFFIX as INDEX_SUFFIX
from dcp.create.work.spool import Spool as Spool
