"""The one page on which every report is printed: values in, a page that stands alone out."""
