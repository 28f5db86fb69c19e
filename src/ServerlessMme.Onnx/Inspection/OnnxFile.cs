using System.IO.MemoryMappedFiles;
using Google.Protobuf;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Reads the outline of a <c>model.onnx</c> that may be hostile.</summary>
internal static class OnnxFile
{
    /// <summary>The way out if the file is damaged or isn't ONNX.</summary>
    public const string ExportAgain = "Export the model to ONNX again";

    /// <summary>The way out if the model doesn't fit into one ONNX file.</summary>
    public const string SmallerModel = "Export a smaller model, or export it in float16";

    private static readonly MessageParser<ModelProto> Parser = ModelProto.Parser.WithDiscardUnknownFields(true);

    /// <summary>Reads the file's outline, or returns a refusal if ONNX Runtime must not load the file.</summary>
    public static Outcome<ModelProto> Read(ModelName name, string path, long maxBytes) =>
        Read(name, path, maxBytes, mayBeExternal: false);

    private static Outcome<ModelProto> Read(ModelName name, string path, long maxBytes, bool mayBeExternal)
    {
        var length = new FileInfo(path).Length;
        if (length == 0)
        {
            return Refuse(name, "is empty", ExportAgain);
        }

        if (length > Math.Min(maxBytes, int.MaxValue))
        {
            return Refuse(name, $"has {length:N0} bytes, more than the limit of {maxBytes:N0}",
                mayBeExternal ? SmallerModel : "Publish a smaller model, or raise Mme:Onnx:MaxModelBytes");
        }

        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        unsafe
        {
            byte* bytes = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref bytes);
            try
            {
                return Read(name, new ReadOnlySpan<byte>(bytes, (int)length), mayBeExternal);
            }
            finally
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
            }
        }
    }

    /// <summary>Like <see cref="Read(ModelName, string, long)"/>, but tensors may be in other files.</summary>
    public static Outcome<ModelProto> ReadWithExternalFiles(ModelName name, string path, long maxBytes) =>
        Read(name, path, maxBytes, mayBeExternal: true);

    private static Outcome<ModelProto> Read(ModelName name, ReadOnlySpan<byte> file, bool mayBeExternal)
    {
        if (WireScan.FindProblem(file) is { } problem)
        {
            return TextStart.Find(file) is { } start
                ? Refuse(name, $"is text, not an ONNX file (it begins with '{start}')", ExportAgain)
                : Refuse(name, problem, ExportAgain);
        }

        ModelProto model;
        try
        {
            model = Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException exception)
        {
            return Refuse(
                name, $"is not a valid ONNX file ({Printable.Text(exception.Message.TrimEnd('.'))})", ExportAgain);
        }

        if (model.Graph is null || model.Graph.Node.Count == 0 || model.Graph.Output.Count == 0)
        {
            return Refuse(name, "has no graph with operators and outputs", ExportAgain);
        }

        if (!mayBeExternal && ExternalData.In(model).FirstOrDefault() is { } tensor)
        {
            return Refuse(name, $"stores tensor '{Printable.Text(tensor.Name)}' in another file "
                + $"('{Printable.Text(ExternalData.Location(tensor))}'), but all tensors must be inside model.onnx",
                "Save the model with its tensors inside, or import it with 'mme models init'");
        }

        return model;
    }

    private static Refusal Refuse(ModelName name, string problem, string wayOut) =>
        new(ErrorCode.InvalidModel, $"model.onnx of model '{name}' {problem}. {wayOut}.");
}
