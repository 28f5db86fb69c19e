using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>What compressing a model saves and costs.</summary>
/// <param name="Layers">Dense layers that have 8-bit weights in the copy.</param>
/// <param name="Bytes">Size of model.onnx.</param>
/// <param name="OneImage">Milliseconds for an image that is scored alone.</param>
/// <param name="Batch">The same for images that are scored together; null for a model that takes one at a time.</param>
/// <param name="Images">Different images that both models answered.</param>
/// <param name="Refused">Images that are not counted in any figure.</param>
/// <param name="Changed">Images that get another best label, or another set of labels, alone or in a batch.</param>
/// <param name="LargestDifference">Largest difference of a score, alone or in a batch.</param>
/// <param name="Accuracy">Null without enough images of known labels.</param>
internal sealed record CompressDocument(
    string Model,
    int Layers,
    Change Bytes,
    Change OneImage,
    BatchTime? Batch,
    int Images,
    IReadOnlyList<RefusedImage> Refused,
    Proportion Changed,
    float LargestDifference,
    CompressedAccuracy? Accuracy)
{
    /// <summary>Images that equal another one byte for byte, and aren't counted in any figure.</summary>
    public int Duplicates { get; init; }

    /// <summary>Why accuracy isn't measured; null if it is.</summary>
    public string? NoAccuracy { get; init; }

    /// <summary>Number of measurements, of which the times are the median.</summary>
    public int Measurements { get; init; } = 1;

    /// <summary>Why the copy is not written; null if it is.</summary>
    public string? Refusal { get; init; }

    /// <summary>The folder written; null if none is.</summary>
    public string? Written { get; init; }

    /// <summary>Mean of the ratios of time, alone and together. Decides whether the copy is too slow.</summary>
    public double TimeRatio => Batch is { } batch ? (OneImage.Ratio + batch.PerImage.Ratio) / 2 : OneImage.Ratio;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Context.CompressDocument);
}

/// <summary>A refusal before there is anything to compare. Its members mean the same as a document's.</summary>
/// <param name="Layers">Null when the network can't be compressed, as is <paramref name="Bytes"/>.</param>
/// <param name="Refused">Null before any image is scored.</param>
internal sealed record CompressRefusal(
    string Model, string Refusal, int? Layers = null, Change? Bytes = null, IReadOnlyList<RefusedImage>? Refused = null)
{
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Context.CompressRefusal);
}

/// <summary>A figure of the model and of its copy.</summary>
internal sealed record Change(double Before, double After)
{
    public double Ratio => After / Before;
}

/// <param name="Images">Images of a run.</param>
/// <param name="PerImage">Milliseconds.</param>
internal sealed record BatchTime(int Images, Change PerImage);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(CompressDocument))]
[JsonSerializable(typeof(CompressRefusal))]
internal sealed partial class CompressJson : JsonSerializerContext;

internal static class ReadableJson
{
    // The JSON is never part of a page, so labels stay readable instead of being escaped.
    public static CompressJson Context { get; } = new(new JsonSerializerOptions(CompressJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
