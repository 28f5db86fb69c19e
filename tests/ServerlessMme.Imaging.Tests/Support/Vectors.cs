using System.Security.Cryptography;
using System.Text.Json;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>What Pillow made of an image.</summary>
internal sealed record ImageVector(string File, int Width, int Height, string Rgb, string Gray);

/// <summary>What Pillow made of the pattern at one size, with one filter.</summary>
internal sealed record ResizeVector(
    int SourceWidth, int SourceHeight, int Width, int Height, ResizeFilter Filter, bool Gray, string Hash);

/// <summary>The tensor that Pillow made of a file, or of the pattern at a size, for a manifest's input.</summary>
internal sealed record ModeVector(string Image, string Input, string Hash);

/// <summary>Reads what vectors/make_vectors.py and make_modes.py wrote.</summary>
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

    public static IReadOnlyList<ModeVector> Modes()
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Folder, "modes.json")));
        return [.. json.RootElement.EnumerateArray().Select(entry => new ModeVector(
            entry.GetProperty("image").GetString()!, entry.GetProperty("input").GetRawText(),
            entry.GetProperty("hash").GetString()!))];
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
}
