using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Truth;

/// <summary>Which images may have a correct label, and the name of its blob.</summary>
public static class TruthName
{
    private const string Suffix = ".json";

    /// <summary>Name of the blob in <c>truth-{model}</c>.</summary>
    public static string Of(string image) => image + Suffix;

    /// <summary>The image of a blob in <c>truth-{model}</c>; null if the blob is named like no image's truth.</summary>
    public static string? ImageOf(string blob) =>
        blob.EndsWith(Suffix, StringComparison.Ordinal) && blob[..^Suffix.Length] is var image && Check(image) is null
            ? image
            : null;

    /// <summary>Refuses names that no image may have, and archives, whose entries have a label each.</summary>
    public static Refusal? Check(string? image) =>
        ImageName.Check(image) is { } refusal ? refusal
        : ArchiveName.IsArchive(image!) ? new Refusal(
            ErrorCode.InvalidImageName,
            $"'{Printable.Text(image)}' is an archive, and its entries have a label each: name them as in "
            + $"'{Printable.Text(image)}/1.jpg'.")
        : null;
}
