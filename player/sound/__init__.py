"""Sound of a show: blocks of samples a frame, joined without clicks, folded down and routed."""
