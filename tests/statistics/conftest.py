"""Properties are about figures, not about time: a busy machine may take as long as it likes."""

from hypothesis import settings

settings.register_profile("without_deadline", deadline=None)
settings.load_profile("without_deadline")
