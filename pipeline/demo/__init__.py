"""The bundled archive, played through the pipeline: twelve invented weeks over loopback HTTP."""
