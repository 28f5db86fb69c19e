using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// A model's name: lowercase letters, digits and single hyphens between them, at most 56 characters. This makes
/// <c>images-{name}</c>, <c>labels-{name}</c> and <c>truth-{name}</c> legal container names.
/// </summary>
public sealed record ModelName
{
    /// <summary>Maximum length of a name, in characters.</summary>
    public const int MaxLength = 56;

    /// <summary>Prefix of the containers for drops.</summary>
    public const string ImagesPrefix = "images-";

    private const string LabelsPrefix = "labels-";
    private const string TruthPrefix = "truth-";

    private ModelName(string value) => Value = value;

    /// <summary>The name itself.</summary>
    public string Value { get; }

    /// <summary>The container that images are dropped into.</summary>
    public string ImagesContainer => ImagesPrefix + Value;

    /// <summary>The container that labels come back in.</summary>
    public string LabelsContainer => LabelsPrefix + Value;

    /// <summary>The container for the correct labels of images.</summary>
    public string TruthContainer => TruthPrefix + Value;

    /// <summary>Parses a name. Returns <see cref="ErrorCode.InvalidModelName"/> if it isn't well-formed.</summary>
    public static Outcome<ModelName> Parse(string? text)
    {
        if (text is not null && text.Length <= MaxLength && HasForm(text))
        {
            return new ModelName(text);
        }

        return new Refusal(
            ErrorCode.InvalidModelName,
            $"'{Printable.Text(text)}' is not a model name. "
            + (FolderName(text) is { } name
                ? $"Did you mean '{name}'?"
                : $"Use lowercase letters, digits and single hyphens between them, at most {MaxLength} characters."));
    }

    /// <summary>Returns the name at the end of a folder's path, which a shell completes with a slash.</summary>
    private static string? FolderName(string? text) =>
        text is [.., '/' or '\\'] && text[..^1].Split('/', '\\')[^1] is { Length: <= MaxLength } name && HasForm(name)
            ? name
            : null;

    /// <summary>
    /// Returns the model that a container for drops belongs to, or a refusal for any other container.
    /// </summary>
    public static Outcome<ModelName> FromImagesContainer(string container)
    {
        if (container.StartsWith(ImagesPrefix, StringComparison.Ordinal))
        {
            return Parse(container[ImagesPrefix.Length..]);
        }

        return new Refusal(ErrorCode.InvalidModelName, $"Container '{Printable.Text(container)}' is not for drops. "
            + $"Drop images into {ImagesPrefix}{{model}}.");
    }

    public override string ToString() => Value;

    // A non-backtracking Regex would be built at run time, which takes a fifth of the startup time.
    private static bool HasForm(string text) =>
        text.Length > 0 && text[0] != '-' && text[^1] != '-' && !text.Contains("--", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
