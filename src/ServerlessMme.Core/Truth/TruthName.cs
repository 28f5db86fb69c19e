using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Truth;

/// <summary>Decides which images may have a correct label, and names its blob.</summary>
public static class TruthName
{
    private const string Suffix = ".json";

    /// <summary>Name of the blob in <c>truth-{model}</c>.</summary>
    public static string Of(string image) => image + Suffix;

    /// <summary>
    /// Returns the image of a blob in <c>truth-{model}</c>, or null if the blob's name can't be that of a correct
    /// label.
    /// </summary>
    public static string? ImageOf(string blob) =>
        blob.EndsWith(Suffix, StringComparison.Ordinal) && blob[..^Suffix.Length] is var image && Check(image) is null
            ? image
            : null;

    /// <summary>Refuses names that no image may have, and archives, whose entries have their own labels.</summary>
    public static Refusal? Check(string? image) =>
        ImageName.Check(image) is { } refusal ? refusal
        : ArchiveName.IsArchive(image!) ? new Refusal(
            ErrorCode.InvalidImageName,
            $"'{Printable.Text(image)}' is an archive, and each of its entries has its own label. Specify an entry, "
            + $"such as '{Printable.Text(image)}/1.jpg'.")
        : null;
}
