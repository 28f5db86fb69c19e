using Google.Protobuf;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Compression.Proto;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Compression;

/// <summary>Writes a copy of a network whose dense layers have their weights in eight bits.</summary>
public static class ModelCompressor
{
    /// <summary>
    /// Writes the copy. A dense layer is a Gemm or MatMul with 64 KiB or more of constant float32 weights; the rest of
    /// the network stays as it is. Takes about twice the file's size in memory.
    /// </summary>
    /// <param name="name">For error messages.</param>
    /// <param name="source">The file, which may be hostile.</param>
    /// <param name="target">Written only if there is something to compress.</param>
    /// <param name="maxBytes">Larger files are refused.</param>
    /// <returns>The number of compressed layers, at least 1, or a refusal if the file is invalid or has none.</returns>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static Outcome<int> Compress(ModelName name, string source, string target, long maxBytes)
    {
        // Checked first, because the parser below builds whatever the file asks for.
        if (OnnxFile.Read(name, source, maxBytes).Refusal is { } refusal)
        {
            return refusal;
        }

        ModelProto model;
        try
        {
            using var file = File.OpenRead(source);
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException exception)
        {
            return Signature.Refuse(
                name,
                $"is not a valid ONNX file ({Printable.Text(exception.Message.TrimEnd('.'))})",
                OnnxFile.ExportAgain);
        }

        var layers = Int8Rewrite.Apply(model);
        if (layers == 0)
        {
            return Signature.Refuse(
                name,
                $"has no dense layer (Gemm or MatMul) with {QuantizableLayers.MinBytes >> 10} KiB or more of constant "
                + $"float32 weights that nothing else uses, or its opset is older than {QuantizableLayers.MinOpset}",
                "Publish the model without compressing it");
        }

        using var written = File.Create(target);
        model.WriteTo(written);
        return layers;
    }
}
