"""A small sentence encoder that reads whole pages: each sentence is embedded in the light of those around it.

Sentences are not encoded one by one. A page is cut into windows of many sentences, and a sentence is read off its
window at its own tokens (Cohan et al. 2019, "Pretrained Language Models for Sequential Sentence Classification"): every
token is encoded about once, and the heading, the list stem and the neighbours are seen. Who asks only of some sentences
gets the others shortened.
"""

from classifier.encoder.onnx_encoder import STRIDE, Encoder
from classifier.encoder.windows import MARKERS, SentenceTokenizer, Window, windows_of

__all__ = ["MARKERS", "STRIDE", "Encoder", "SentenceTokenizer", "Window", "windows_of"]
