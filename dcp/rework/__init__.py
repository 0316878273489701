"""From what is there to something new: decrypted packages, extracted essence."""
