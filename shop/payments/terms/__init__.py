"""Payment on terms (账期): accepted as a debt of an organisation, which its transfer pays later."""
