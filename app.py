"""The entry point of the server: patches the standard library, then runs it."""

import gc
import logging
import sys
import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")
# Since Python 3.13.3 threading keeps a second reference to one of its locks. eventlet does not
# replace it, but logs an error. It does no harm: greenlets do not switch while that lock is held.
logging.lastResort.addFilter(lambda record: not record.getMessage().startswith("1 RLock(s) were"))

# What is imported is never freed: to look through it again and again took a tenth of the start.
# `me_api.run` enables it when the server is ready.
gc.disable()

import eventlet

# Before any other import: modules must see the patched standard library.
eventlet.monkey_patch()

from me_api.run import main

if __name__ == "__main__":
    main(sys.argv[1:])
