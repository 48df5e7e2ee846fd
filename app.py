"""The entry point of the server: patches the standard library, then runs it."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet

# Before any other import: modules must see the patched standard library.
eventlet.monkey_patch()

from me_api.run import main

if __name__ == "__main__":
    main()
