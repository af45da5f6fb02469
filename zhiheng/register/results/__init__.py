"""Results on their way into a report: what a laboratory has to do, lines as they are typed, and files of many samples."""
