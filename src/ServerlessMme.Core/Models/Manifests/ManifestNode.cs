using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// One object of a manifest while it is read. What is wrong is added to the list of problems, with the path of the
/// member, and reading goes on with a stand-in, so that one reading finds every problem.
/// </summary>
internal readonly struct ManifestNode(JsonElement? element, string path, List<string> problems)
{
    private const int MaxTextLength = 256;
    private const int MaxProblems = 20;

    public IEnumerable<string> Members() => element is { } e ? e.EnumerateObject().Select(p => p.Name).Distinct() : [];

    /// <summary>Reports members that nobody reads: they are mistyped more often than meant.</summary>
    public void Knows(params ReadOnlySpan<string> known)
    {
        foreach (var member in Members())
        {
            if (!known.Contains(member))
                Add(member, $"is not known; known are {string.Join(", ", known.ToArray())}");
        }
    }

    public ManifestNode Object(string member, bool isRequired)
    {
        var found = Find(member);
        if (found is null && isRequired)
            Add(member, "is missing");
        if (found is { ValueKind: not JsonValueKind.Object })
            Add(member, "must be an object");
        var child = found is { ValueKind: JsonValueKind.Object } ? found : null;
        // The members of a missing object are not missing too.
        return new ManifestNode(child, $"{path}{member}.", child is null && isRequired ? [] : problems);
    }

    public string? Text(string member)
    {
        var found = Find(member);
        if (found is null)
            return null;
        if (found.Value.ValueKind == JsonValueKind.String && found.Value.GetString() is { Length: > 0 } text
            && text.Length <= MaxTextLength)
            return text;
        Add(member, $"must be a text of 1 to {MaxTextLength} characters");
        return null;
    }

    public IReadOnlyList<string> Strings(string member, int maxCount)
    {
        if (Find(member) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is var count
            && (count < 1 || count > maxCount))
        {
            Add(member, $"must be a list of 1 to {maxCount} texts");
            return [];
        }

        var texts = array.EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "").ToList();
        if (texts.Any(text => text.Length is 0 or > MaxTextLength))
            Add(member, $"must hold texts of 1 to {MaxTextLength} characters only");
        if (texts.Distinct(StringComparer.Ordinal).Count() < texts.Count)
            Add(member, "names a label twice");
        return texts;
    }

    public int Integer(string member, int min, int max, int? standard)
    {
        var found = Find(member);
        if (found is null && standard is { } value)
            return value;
        if (found is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var integer)
            && integer >= min && integer <= max)
            return integer;
        Add(member, found is null ? "is missing" : $"must be a whole number from {min} to {max}");
        return min;
    }

    public double Number(string member, double standard, bool mayBeZero) =>
        Find(member) is { } found ? Number(member, found, mayBeZero) : standard;

    public IReadOnlyList<double> Numbers(string member, int count, double standard, bool mayBeZero)
    {
        var found = Find(member);
        if (found is null)
            return Enumerable.Repeat(standard, count).ToArray();
        if (found is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() == count)
        {
            var node = this;
            return array.EnumerateArray().Select(item => node.Number(member, item, mayBeZero)).ToArray();
        }

        Add(member, $"must be a list of {count} numbers, one a channel");
        return Enumerable.Repeat(standard, count).ToArray();
    }

    public T Choice<T>(string member, T standard)
        where T : struct, Enum
    {
        var found = Find(member);
        if (found is null)
            return standard;
        foreach (var name in Enum.GetNames<T>())
        {
            if (found is { ValueKind: JsonValueKind.String } text && IsSame(text.GetString()!, name))
                return Enum.Parse<T>(name);
        }

        Add(member, $"is '{Printable.Text(found.Value.ToString(), 40)}', but must be one of "
            + string.Join(", ", Enum.GetNames<T>().Select(Spell)));
        return standard;
    }

    /// <summary>Abbreviations stay as they are (NCHW, RGB), words are lower-case (bilinear).</summary>
    private static string Spell(string name) =>
        name.All(char.IsAsciiLetterUpper) ? name : name.ToLowerInvariant();

    private static bool IsSame(string text, string name) => text == Spell(name);

    private double Number(string member, JsonElement value, bool mayBeZero)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            && (mayBeZero || number != 0))
            return number;
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
            problems.Add($"{path}{Printable.Text(member, 40)} {problem}");
    }
}
