using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace ServerlessMme.Core.Failures;

/// <summary>Explains where JSON is malformed and what was expected there, for people who write it by hand.</summary>
public static partial class JsonProblem
{
    private const int MaxFound = 20;

    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n:,"u8);
    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" \t\r\n,:{}[]"u8);
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 64 };

    /// <summary>
    /// Describes the problem in the form <c>line 3, column 12: expected a value after "width", found 'x'</c>, without a
    /// period. Lines and columns begin at 1; columns count characters.
    /// </summary>
    /// <param name="json">The text that could not be read, as UTF-8.</param>
    /// <param name="exception">The exception that the reader or the deserializer threw.</param>
    /// <param name="type">The type that the text was deserialized to; null if it was only parsed.</param>
    public static string Describe(ReadOnlySpan<byte> json, Exception exception, JsonTypeInfo? type = null)
    {
        if (json.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        if (json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            return "it is empty";
        }

        if (!System.Text.Unicode.Utf8.IsValid(json))
        {
            return "it is not UTF-8 text";
        }

        var walk = new Walk();
        var reader = new Utf8JsonReader(json, Deep);
        try
        {
            var end = exception is JsonException { LineNumber: { } line, BytePositionInLine: { } column }
                ? Offset(json, line, column) : long.MaxValue;
            long? wrong = null;
            while (reader.Read())
            {
                if (walk.Take(ref reader) is { } twice)
                {
                    var name = Printable.Text(twice, MaxFound);
                    return $"{Place(json, reader.TokenStartIndex)}: \"{name}\" appears twice";
                }

                wrong ??= reader.BytesConsumed >= end ? reader.TokenStartIndex : null;
            }

            return DescribeMeaning(json, wrong, exception, type);
        }
        catch (JsonException syntax)
        {
            var at = (int)Math.Min(Offset(json, syntax.LineNumber ?? 0, syntax.BytePositionInLine ?? 0), json.Length);
            return walk.Depth >= Deep.MaxDepth
                ? $"{Place(json, at)}: expected at most {Deep.MaxDepth} levels of nesting"
                : DescribeSyntax(json, at, (int)walk.End, walk);
        }
    }

    /// <param name="at">Where the reader gave up.</param>
    /// <param name="end">The end of the last good token.</param>
    private static string DescribeSyntax(ReadOnlySpan<byte> json, int at, int end, Walk walk)
    {
        var gap = json[end..].IndexOfAnyExcept(Separators);
        var start = gap < 0 ? json.Length : end + gap;

        if (start < json.Length && json[start] == '"' && walk.AllowsText(json[end..start]))
        {
            if (TextEnd(json, start) is not { } close)
            {
                return $"{Place(json, start)}: expected text that ends with a double quote on its line";
            }

            if (at <= close)
            {
                return $"{Place(json, at)}: expected an escape such as \\n, \\\" or \\u00e9 after '\\', "
                    + $"found {Found(json[at..(at + 1)])}";
            }

            // The text itself is fine, so it must be a name, and the error comes after it.
            var next = close + 1;
            next += Math.Max(0, json[next..].IndexOfAnyExcept(" \t\r\n"u8));
            return $"{Place(json, next)}: expected a colon after a name, found {Found(json[next..])}";
        }

        var afterComma = json[end..start].Contains((byte)',');
        return $"{Place(json, start)}: expected {walk.Expected(afterComma)}, found {Found(json[start..])}";
    }

    /// <summary>Finds the closing quote of a text. Returns null if the text doesn't end on its line.</summary>
    private static int? TextEnd(ReadOnlySpan<byte> json, int start)
    {
        for (var i = start + 1; i < json.Length && json[i] != '\n'; i++)
        {
            if (json[i] == '"')
            {
                return i;
            }

            if (json[i] == '\\')
            {
                i++;
            }
        }

        return null;
    }

    /// <summary>Describes well-formed JSON that has an unknown member or a value of the wrong type.</summary>
    private static string DescribeMeaning(
        ReadOnlySpan<byte> json, long? offset, Exception exception, JsonTypeInfo? type)
    {
        var text = exception.Message;
        var path = Segment().Matches((exception as JsonException)?.Path ?? "");
        var named = path.LastOrDefault(segment => segment.Groups["name"].Success)?.Groups["name"].Value;
        var member = named is null ? "" : $" for \"{Printable.Text(named, 40)}\"";
        var place = offset is { } at ? $"{Place(json, at)}: " : "";
        if (Unmapped().Match(text) is { Success: true } unknown)
        {
            return $"{place}\"{Printable.Text(unknown.Groups["name"].Value, 40)}\" is not a known member";
        }

        if (text.Contains("could not be converted", StringComparison.Ordinal))
        {
            return $"{place}expected {Kind(TypeAt(type, path))}{member}";
        }

        if (text.Contains("null", StringComparison.OrdinalIgnoreCase))
        {
            return $"{place}expected a value other than null{member}";
        }

        if (text.Contains("depth", StringComparison.OrdinalIgnoreCase))
        {
            return $"{place}expected fewer levels of nesting";
        }

        // Only our own converters have other messages, and the deserializer appends its position to them.
        var cut = text.IndexOf(" Path: ", StringComparison.Ordinal);
        return place + (cut < 0 ? text : text[..cut]).TrimEnd('.');
    }

    /// <summary>Finds the type that belongs at a path. Returns null if the path leads to no known member.</summary>
    private static Type? TypeAt(JsonTypeInfo? type, IEnumerable<Match> path)
    {
        foreach (var segment in path)
        {
            // The deserializer names the object's type even if the value of a member is wrong.
            var next = type?.Kind == JsonTypeInfoKind.Object
                ? type.Properties.FirstOrDefault(each => each.Name == segment.Groups["name"].Value)?.PropertyType
                : type?.ElementType;
            type = next is null ? null : type!.Options.GetTypeInfo(next);
        }

        return type?.Type;
    }

    private static string Kind(Type? type)
    {
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        if (type is null)
        {
            return "another value";
        }

        if (type == typeof(string))
        {
            return "text in double quotes";
        }

        if (type == typeof(bool))
        {
            return "true or false";
        }

        if (type.IsEnum)
        {
            return $"one of {string.Join(", ", Enum.GetNames(type))}";
        }

        if (type == typeof(double) || type == typeof(float))
        {
            return "a number";
        }

        if (type.IsPrimitive)
        {
            return "a whole number";
        }

        if (type == typeof(DateTimeOffset))
        {
            return "a time such as \"2026-11-22T19:00:00Z\"";
        }

        return type.IsAssignableTo(typeof(IEnumerable)) && !type.Name.Contains("Dictionary", StringComparison.Ordinal)
            ? "a list in brackets"
            : "an object in braces";
    }

    private static string Place(ReadOnlySpan<byte> json, long offset)
    {
        var before = json[..(int)Math.Min(offset, json.Length)];
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"line {before.Count((byte)'\n') + 1}, column {column}";
    }

    private static long Offset(ReadOnlySpan<byte> json, long line, long column)
    {
        var start = 0;
        for (; line > 0 && json[start..].IndexOf((byte)'\n') is >= 0 and var end; line--)
        {
            start += end + 1;
        }

        return start + column;
    }

    private static string Found(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny(WordEnds);
        var word = end == 0 ? rest[..1] : end < 0 ? rest : rest[..end];
        var text = Encoding.UTF8.GetString(word[..Math.Min(word.Length, MaxFound * 4)]);
        return word.Trim(" \t\r\n"u8).IsEmpty
            ? rest.Trim(" \t\r\n"u8).IsEmpty ? "the end" : "a line break or space"
            : $"'{Printable.Text(text, MaxFound)}'";
    }

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<name>[^']+)'\]|\[\d+\]")]
    private static partial Regex Segment();

    [GeneratedRegex("JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex Unmapped();

    /// <summary>Follows a reader's tokens to know what may come next.</summary>
    private sealed class Walk
    {
        private readonly Stack<HashSet<string>?> _names = new();
        private JsonTokenType _last = JsonTokenType.None;
        private string _name = "";

        public int Depth => _names.Count;

        /// <summary>The offset of the byte after the last token.</summary>
        public long End { get; private set; }

        /// <summary>
        /// Follows a token. Returns the name of a member that its object already has; null for any other token.
        /// </summary>
        public string? Take(ref Utf8JsonReader reader)
        {
            _last = reader.TokenType;
            End = reader.BytesConsumed;
            switch (_last)
            {
                case JsonTokenType.StartObject:
                    _names.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.StartArray:
                    _names.Push(null);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _names.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    _name = NameOf(ref reader);
                    return _names.Peek()!.Add(_name) ? null : _name;
                default:
                    break;
            }

            return null;
        }

        // An escaped lone surrogate is valid JSON, but not valid text.
        private static string NameOf(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                return Encoding.UTF8.GetString(reader.ValueSpan);
            }
        }

        /// <summary>Returns true if text in double quotes may come next, after the separators in between.</summary>
        public bool AllowsText(ReadOnlySpan<byte> between) => _last switch
        {
            JsonTokenType.None or JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray =>
                true,
            _ => _names.Count > 0 && between.Contains((byte)','),
        };

        public string Expected(bool afterComma) =>
            (_last, afterComma, IsObject: _names.TryPeek(out var names) ? names is not null : (bool?)null) switch
            {
                (JsonTokenType.None, _, _) => "JSON, such as an object in braces",
                (JsonTokenType.PropertyName, _, _) => $"a value after \"{Printable.Text(_name, 40)}\"",
                (_, true, true) => "a name in double quotes after the comma",
                (_, true, false) => "a value after the comma",
                (JsonTokenType.StartObject, _, _) => "a name in double quotes or '}'",
                (JsonTokenType.StartArray, _, _) => "a value or ']'",
                (_, _, true) => "a comma and a name in double quotes, or '}'",
                (_, _, false) => "a comma and a value, or ']'",
                _ => "the end",
            };
    }
}
