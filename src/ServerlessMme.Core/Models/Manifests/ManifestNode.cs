using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Manifests;

/// <summary>
/// One object of a manifest being read. Each problem is added to the list with the member's path, and reading continues
/// with a placeholder value to find all problems in one pass.
/// </summary>
internal readonly struct ManifestNode(JsonElement? element, string path, List<string> problems)
{
    private const int MaxTextLength = 256;
    private const int MaxProblems = 20;
    private const int MaxKnown = 500;

    public IEnumerable<string> Members() => element is { } e ? e.EnumerateObject().Select(p => p.Name).Distinct() : [];

    /// <summary>Reports unknown members, because most of them are typos.</summary>
    public void Knows(params ReadOnlySpan<string> known)
    {
        foreach (var member in Members())
        {
            if (!known.Contains(member))
            {
                var names = Printable.Text(string.Join(", ", known.ToArray()), MaxKnown);
                Add(member, $"is unknown (known members: {names})");
            }
        }
    }

    public ManifestNode Object(string member, bool isRequired)
    {
        var found = Find(member);
        if (found is null && isRequired)
        {
            Add(member, "is missing");
        }

        if (found is { ValueKind: not JsonValueKind.Object })
        {
            Add(member, "must be an object");
        }

        var child = found is { ValueKind: JsonValueKind.Object } ? found : null;
        // Don't report the members of a missing object as well.
        return new ManifestNode(child, $"{path}{member}.", child is null && isRequired ? [] : problems);
    }

    public string? Text(string member)
    {
        var found = Find(member);
        if (found is null)
        {
            return null;
        }

        if (found.Value.ValueKind == JsonValueKind.String && found.Value.GetString() is { Length: > 0 } text
            && text.Length <= MaxTextLength)
        {
            return text;
        }

        Add(member, $"must be a string of 1 to {MaxTextLength} characters");
        return null;
    }

    public IReadOnlyList<string> Strings(string member, int maxCount)
    {
        if (Find(member) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is var count
            && (count < 1 || count > maxCount))
        {
            Add(member, $"must be a list of 1 to {maxCount} strings");
            return [];
        }

        var texts = array.EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "").ToList();
        if (texts.Any(text => text.Length is 0 or > MaxTextLength))
        {
            Add(member, $"must only contain strings of 1 to {MaxTextLength} characters");
        }

        if (texts.Distinct(StringComparer.Ordinal).Count() < texts.Count)
        {
            Add(member, "contains the same label twice");
        }

        return texts;
    }

    public int Integer(string member, int min, int max, int? standard)
    {
        var found = Find(member);
        if (found is null && standard is { } value)
        {
            return value;
        }

        if (found is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var integer)
            && integer >= min && integer <= max)
        {
            return integer;
        }

        Add(member, found is null ? "is missing" : $"must be a whole number from {min} to {max}");
        return min;
    }

    public double Number(string member, double standard, bool mayBeZero) =>
        Find(member) is { } found ? Number(member, found, mayBeZero) : standard;

    /// <summary>Reads a number above 0 and below 1.</summary>
    public double Fraction(string member, double standard)
    {
        var number = Number(member, standard, mayBeZero: true);
        if (number is > 0 and < 1)
        {
            return number;
        }

        Add(member, "must be above 0 and below 1");
        return standard;
    }

    /// <summary>Reads a number from 0 to 1.</summary>
    public double Share(string member, double standard)
    {
        var number = Number(member, standard, mayBeZero: true);
        if (number is >= 0 and <= 1)
        {
            return number;
        }

        Add(member, "must be from 0 to 1");
        return standard;
    }

    /// <summary>Reads a number above 0.</summary>
    public double Positive(string member, double standard)
    {
        if (Find(member) is not { } found)
        {
            return standard;
        }

        if (found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var number)
            && double.IsFinite(number) && number > 0)
        {
            return number;
        }

        Add(member, "must be a number above 0");
        return standard;
    }

    /// <param name="standard">The default; null if the member is required.</param>
    public IReadOnlyList<double> Numbers(
        string member, int count, IReadOnlyList<double>? standard, bool mayBeZero)
    {
        var found = Find(member);
        if (found is null && standard is not null)
        {
            return standard;
        }

        if (found is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() == count)
        {
            var node = this;
            return array.EnumerateArray().Select(item => node.Number(member, item, mayBeZero)).ToArray();
        }

        Add(member, $"must be a list of {(count == 1 ? "1 number" : $"{count} numbers")}, one per channel");
        return Enumerable.Repeat(1.0, count).ToArray();
    }

    public RgbColor Color(string member)
    {
        if (Find(member) is not { } found)
        {
            return default;
        }

        if (found.ValueKind == JsonValueKind.Array && found.GetArrayLength() == 3)
        {
            var parts = found.EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetByte(out var part) ? part : -1)
                .ToArray();
            if (!parts.Contains(-1))
            {
                return new RgbColor((byte)parts[0], (byte)parts[1], (byte)parts[2]);
            }
        }

        Add(member, "must be a list of 3 whole numbers from 0 to 255: red, green, blue");
        return default;
    }

    public T Choice<T>(string member, T standard)
        where T : struct, Enum => Choice<T>(member) ?? standard;

    public T? Choice<T>(string member)
        where T : struct, Enum
    {
        var found = Find(member);
        if (found is null)
        {
            return null;
        }

        foreach (var name in Enum.GetNames<T>())
        {
            if (found is { ValueKind: JsonValueKind.String } text && IsSame(text.GetString()!, name))
            {
                return Enum.Parse<T>(name);
            }
        }

        Add(member, $"is '{Printable.Text(found.Value.ToString(), 40)}', but must be one of "
            + string.Join(", ", Enum.GetNames<T>().Select(Spell)));
        return null;
    }

    /// <summary>Reports a member that has no effect together with the rest of the manifest.</summary>
    public void OnlyWith(string member, bool isRead, string condition)
    {
        if (!isRead && Find(member) is not null)
        {
            Add(member, $"only applies if {condition}");
        }
    }

    /// <summary>Returns true if the member is present and not null.</summary>
    public bool Has(string member) => Find(member) is not null;

    /// <summary>
    /// Spells an enum's name as in a manifest. Abbreviations stay unchanged (NCHW, RGB); words are lowercase with
    /// hyphens (shorter-side).
    /// </summary>
    private static string Spell(string name) => name.All(char.IsAsciiLetterUpper)
        ? name
        : string.Concat(name.Select((letter, i) =>
            (i > 0 && char.IsAsciiLetterUpper(letter) && char.IsAsciiLetterLower(name[i - 1]) ? "-" : "")
            + char.ToLowerInvariant(letter)));

    private static bool IsSame(string text, string name) => text == Spell(name);

    private double Number(string member, JsonElement value, bool mayBeZero)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            && (mayBeZero || number != 0))
        {
            return number;
        }

        Add(member, mayBeZero ? "must be a number" : "must be a number other than 0");
        return 1;
    }

    private JsonElement? Find(string member) =>
        element is { } e && e.TryGetProperty(member, out var found) && found.ValueKind != JsonValueKind.Null
            ? found
            : null;

    private void Add(string member, string problem)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add($"{path}{Printable.Text(member, 40)} {problem}");
        }
    }
}
