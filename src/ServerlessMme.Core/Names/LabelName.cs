namespace ServerlessMme.Core.Names;

/// <summary>A label's name follows from its image's, so that classifying twice writes the same thing.</summary>
public static class LabelName
{
    /// <summary>What the label's name has after the image's.</summary>
    public const string Suffix = ".json";

    /// <summary>
    /// Name of an image's label in <c>labels-{model}</c>. An archive's is its summary: it is written last, and so tells
    /// whether the answer is whole and current.
    /// </summary>
    public static string Of(string image) =>
        image + (ArchiveName.IsArchive(image) ? ArchiveName.SummarySuffix : Suffix);
}
