using System.Text.RegularExpressions;

namespace ServerlessMme.Testing.Files;

/// <summary>Checks docs/settings.md.</summary>
public static partial class SettingsDoc
{
    private static readonly string Text = Repository.Read("docs", "settings.md");

    /// <summary>The full names of the settings on the page, such as <c>Mme:Queue:MaxTries</c>, in its order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Text.Split("\n## `").Skip(1).SelectMany(section => Row().Matches(section)
            .Select(row => $"{section[..section.IndexOf('`', StringComparison.Ordinal)]}:{row.Groups[1].Value}")),
    ];

    /// <summary>Asserts that the page has a row for every setting of some options classes.</summary>
    /// <param name="atLeast">Fewer settings than these mean that the classes weren't found.</param>
    public static void AssertComplete(IEnumerable<Type> options, int atLeast)
    {
        var settings = options.SelectMany(type => type.GetProperties())
            .Where(property => property.CanWrite || property.PropertyType.IsGenericType)
            .Select(property => property.Name).ToList();

        Assert.True(settings.Count >= atLeast, $"Only {settings.Count} settings were found.");
        Assert.All(settings, name => Assert.Contains($"| `{name}` |", Text, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
