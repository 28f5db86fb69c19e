using Google.Protobuf;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>
/// Moves tensors from the files next to an ONNX file into the ONNX file, because an artifact can't contain those files.
/// Reads only files in the same folder.
/// </summary>
public static class ExternalFiles
{
    // A protocol buffer has at most 2 GiB.
    private const long MaxBytes = int.MaxValue - (1 << 20);

    // TensorProto.raw_data. The outline leaves it out, so it is kept as an unknown field.
    private const int RawData = 9;

    /// <summary>
    /// Copies a model, including its tensors in other files. A file that contains all of its tensors is copied
    /// unchanged.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static async Task<Refusal?> CopyAsync(
        ModelName name, string source, string target, CancellationToken cancellationToken)
    {
        // The outline has no values, and its reader refuses a hostile file before a parser builds anything from it.
        if (!OnnxFile.ReadWithExternalFiles(name, source, MaxBytes).TryGet(out var outline, out var refusal))
        {
            return refusal;
        }

        if (!ExternalData.In(outline).Any())
        {
            await using var from = File.OpenRead(source);
            await using var to = File.Create(target);
            await from.CopyToAsync(to, cancellationToken);
            return null;
        }

        ModelProto model;
        await using (var file = File.OpenRead(source))
        {
            model = ModelProto.Parser.ParseFrom(file);
        }

        var external = ExternalData.In(model).ToList();
        var folder = Path.GetDirectoryName(Path.GetFullPath(source))!;
        var bytes = new FileInfo(source).Length;
        foreach (var tensor in external)
        {
            if (Find(folder, tensor) is not var (path, offset, length))
            {
                var location = ExternalData.Location(tensor);
                var isLink = IsName(location) && new FileInfo(Path.Combine(folder, location)).LinkTarget is not null;
                return Signature.Refuse(
                    name,
                    $"stores tensor '{Printable.Text(tensor.Name)}' in '{Printable.Text(location)}', "
                    + (isLink ? "which is a link" : "but that file is not in the same folder, or is too short"),
                    isLink ? "Copy the folder with 'cp -rL' to replace the link with the file"
                    : "Copy the complete file into the folder");
            }

            bytes += length;
            if (bytes > MaxBytes)
            {
                return Signature.Refuse(
                    name, "has more than 2 GiB of tensors", OnnxFile.SmallerModel);
            }

            await TakeInAsync(tensor, path, offset, (int)length, cancellationToken);
        }

        await using var written = File.Create(target);
        model.WriteTo(written);
        return null;
    }

    private static (string Path, long Offset, long Length)? Find(string folder, TensorProto tensor)
    {
        var location = ExternalData.Location(tensor);
        if (!IsName(location))
        {
            return null;
        }

        var file = new FileInfo(Path.Combine(folder, location));
        // A link may lead anywhere. Pipes and devices have no length, and reading them may never end.
        if (!file.Exists || file.LinkTarget is not null || file.Length == 0)
        {
            return null;
        }

        var offset = Number(tensor, "offset") ?? 0;
        var length = Number(tensor, "length") ?? file.Length - offset;
        return offset < 0 || length < 0 || offset > file.Length - length ? null : (file.FullName, offset, length);
    }

    /// <summary>Returns true if the location is a plain file name, which can't lead to another folder.</summary>
    private static bool IsName(string location) =>
        location.Length > 0 && !location.Contains('\0', StringComparison.Ordinal)
        && location == Path.GetFileName(location) && location is not ("." or "..");

    private static async Task TakeInAsync(
        TensorProto tensor, string path, long offset, int length, CancellationToken cancellationToken)
    {
        var values = new byte[length];
        await using (var file = File.OpenRead(path))
        {
            file.Position = offset;
            await file.ReadExactlyAsync(values, cancellationToken);
        }

        tensor.ExternalData.Clear();
        tensor.DataLocation = 0;
        // Kept as an unknown field, which is written as it was read.
        using var buffer = new MemoryStream(length + 16);
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            output.WriteTag(RawData, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(values));
        }

        tensor.MergeFrom(buffer.ToArray());
    }

    private static long? Number(TensorProto tensor, string key) =>
        tensor.ExternalData.FirstOrDefault(entry => entry.Key == key) is { } entry
        && long.TryParse(entry.Value, out var number)
            ? number
            : null;
}
