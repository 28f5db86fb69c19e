using Google.Protobuf;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>A place where a network may be cut in two: one value leads from the first part into the second.</summary>
/// <param name="Value">The value's name in the model.</param>
/// <param name="Hash">SHA-256 of everything that computes it, without names.</param>
/// <param name="Work">Multiply-adds that compute it for one image.</param>
internal sealed record CutPoint(string Value, ByteString Hash, long Work);
