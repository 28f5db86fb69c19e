using System.Security.Cryptography;
using System.Text.Json;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>What Pillow made of an image.</summary>
internal sealed record ImageVector(string File, int Width, int Height, string Rgb, string Grey);

/// <summary>What Pillow made of the pattern at one size, with one filter.</summary>
internal sealed record ResizeVector(
    int SourceWidth, int SourceHeight, int Width, int Height, ResizeFilter Filter, bool Grey, string Hash);

/// <summary>Reads what vectors/make_vectors.py wrote.</summary>
internal static class Vectors
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "vectors");

    private static ResizeFilter[] Filters { get; } = Enum.GetValues<ResizeFilter>();

    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Folder, "images", name));

    public static IEnumerable<ImageVector> Images()
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Folder, "images.json")));
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            var size = entry.Value.GetProperty("size");
            yield return new ImageVector(
                entry.Name, size[0].GetInt32(), size[1].GetInt32(),
                entry.Value.GetProperty("rgb").GetString()!, entry.Value.GetProperty("grey").GetString()!);
        }
    }

    /// <summary>The vectors of each size pair; the script writes filters in the order of the enumeration.</summary>
    public static IEnumerable<ResizeVector[]> Resizes()
    {
        foreach (var line in System.IO.File.ReadLines(Path.Combine(Folder, "resample.txt")))
        {
            var words = line.Split(' ');
            var size = words[..4].Select(int.Parse).ToArray();
            yield return [.. words[4..].Select((hash, i) => new ResizeVector(
                size[0], size[1], size[2], size[3], Filters[i % Filters.Length], i >= Filters.Length, hash))];
        }
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
}
