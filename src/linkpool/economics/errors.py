# SPDX-License-Identifier: MIT
"""What the models raise."""


class ModelError(Exception):
    """The chain did what the model holds impossible: paid more than owed, answered twice."""


class Refused(Exception):
    """The modelled contract reverts, with this reason; nothing has changed."""
