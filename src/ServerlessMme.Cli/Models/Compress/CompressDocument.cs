using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>The savings and costs of compressing a model.</summary>
/// <param name="Layers">Dense layers that have 8-bit weights in the copy.</param>
/// <param name="Bytes">Size of model.onnx.</param>
/// <param name="OneImage">Milliseconds for an image that is scored alone.</param>
/// <param name="Batch">The same for images in a batch; null for a model that takes one image at a time.</param>
/// <param name="Images">Distinct images that both models answered.</param>
/// <param name="Refused">Images that are not counted in any figure.</param>
/// <param name="Changed">Images whose best label or set of labels differs, alone or in a batch.</param>
/// <param name="LargestDifference">Largest difference between two scores of a label, alone or in a batch.</param>
/// <param name="Accuracy">Null if too few images have known labels.</param>
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
    /// <summary>Images with the same bytes as another image. No other figure includes them.</summary>
    public int Duplicates { get; init; }

    /// <summary>Why accuracy isn't measured; null if it is.</summary>
    public string? NoAccuracy { get; init; }

    /// <summary>Number of measurements. The times are their median.</summary>
    public int Measurements { get; init; } = 1;

    /// <summary>Why the copy is not written; null if it is.</summary>
    public string? Refusal { get; init; }

    /// <summary>The folder that was written; null if none was.</summary>
    public string? Written { get; init; }

    /// <summary>Mean of the time ratios for one image and for a batch. Decides whether the copy is too slow.</summary>
    public double TimeRatio => Batch is { } batch ? (OneImage.Ratio + batch.PerImage.Ratio) / 2 : OneImage.Ratio;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Context.CompressDocument);
}

/// <summary>
/// A refusal before any answers are compared. Its members have the same meaning as those of
/// <see cref="CompressDocument"/>.
/// </summary>
/// <param name="Layers">Null if the network can't be compressed; so is <paramref name="Bytes"/>.</param>
/// <param name="Refused">Null if no image was scored.</param>
internal sealed record CompressRefusal(
    string Model, string Refusal, int? Layers = null, Change? Bytes = null, IReadOnlyList<RefusedImage>? Refused = null)
{
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Context.CompressRefusal);
}

/// <summary>A figure for the model and for its copy.</summary>
internal sealed record Change(double Before, double After)
{
    public double Ratio => After / Before;
}

/// <param name="Images">Number of images in a run.</param>
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
