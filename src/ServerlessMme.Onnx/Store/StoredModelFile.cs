using System.Security.Cryptography;
using Google.Protobuf;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>A graph file: the SHA-256 of the rest, then a <see cref="StoredModel"/>.</summary>
internal static class StoredModelFile
{
    /// <summary>Reads a file. Returns null if it doesn't exist.</summary>
    /// <exception cref="DamagedException">The file is damaged.</exception>
    public static StoredModel? Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        if (bytes.Length < SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes))
                .AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes)))
        {
            throw new DamagedException(path);
        }

        var model = StoredModel.Parser.ParseFrom(bytes.AsSpan(SHA256.HashSizeInBytes));
        // Another model's file, perhaps restored from a backup, would return that model's scores.
        return model.Key == Path.GetFileNameWithoutExtension(path) ? model : throw new DamagedException(path);
    }

    /// <summary>Writes a file, and renames it to its final name once it is on disk.</summary>
    public static void Write(string path, string temporaryPath, StoredModel model)
    {
        var bytes = model.ToByteArray();
        using (var file = File.Create(temporaryPath))
        {
            file.Write(SHA256.HashData(bytes));
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporaryPath, path, overwrite: true);
    }
}

/// <summary>A file in the store is missing or damaged.</summary>
internal sealed class DamagedException(string path)
    : IOException($"{Path.GetFileName(path)} in the tensor store is missing or damaged.")
{
    public string DamagedPath { get; } = path;
}
