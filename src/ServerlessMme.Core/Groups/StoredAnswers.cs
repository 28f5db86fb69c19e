using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Groups;

/// <summary>Extracts the answers that are still current from an image's earlier label, byte for byte.</summary>
internal sealed class StoredAnswers(IReadOnlyList<GroupMember> members)
{
    private readonly Dictionary<string, int> _places = members
        .Select((member, place) => (member, place))
        .Where(item => item.member.Version is not null)
        .ToDictionary(item => item.member.Name.Value, item => item.place, StringComparer.Ordinal);

    /// <summary>
    /// Keeps the answers of members whose version is still published. Keeps none if the label belongs to another
    /// version of the image, or is not a label.
    /// </summary>
    public void Keep(GroupImage image, ReadOnlyMemory<byte> label)
    {
        try
        {
            var found = new List<(int Place, MemberAnswer Answer)>();
            if (Read(label, found) is { } etag && etag == image.Image.Reference.ETag)
            {
                foreach (var (place, answer) in found)
                {
                    image.Keep(place, answer);
                }
            }
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidOperationException or FormatException)
        {
            // Another program may have written this label. It is replaced completely.
        }
    }

    /// <summary>Reads the answers in a label. Returns the image's version.</summary>
    private string? Read(ReadOnlyMemory<byte> label, List<(int Place, MemberAnswer Answer)> found)
    {
        string? etag = null;
        var reader = new Utf8JsonReader(label.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("image"u8))
            {
                reader.Read();
                etag = ReadMembers(ref reader, "etag"u8).First;
            }
            else if (reader.ValueTextEquals("answers"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadAnswer(ref reader, label, found);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return etag;
    }

    private void ReadAnswer(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> label, List<(int Place, MemberAnswer Answer)> found)
    {
        var start = (int)reader.TokenStartIndex;
        (string? Name, string? Version) model = default;
        float? score = null;
        var (hasTop, hasError, isWhole) = (false, false, true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                model = ReadMembers(ref reader, "name"u8, "version"u8);
            }
            else if (reader.ValueTextEquals("score"u8))
            {
                reader.Read();
                score = reader.GetSingle();
            }
            else if (reader.ValueTextEquals("top"u8))
            {
                reader.Read();
                hasTop = IsTop(ref reader);
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                reader.Read();
                isWhole &= AreTexts(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                hasError = ReadMembers(ref reader, "code"u8, "message"u8) is { First: not null, Second: not null };
            }
            else
            {
                reader.Skip();
            }
        }

        var json = label[start..(int)reader.BytesConsumed];
        if (model.Name is { } name && _places.TryGetValue(name, out var place)
            && model.Version == members[place].Version
            // The best of the kept answers is parsed again later, and another program may have written it.
            && isWhole && hasTop != hasError && hasTop == (score is { } given && float.IsFinite(given))
            // A line of an archive must stay one line.
            && !json.Span.Contains((byte)'\n'))
        {
            found.Add((place, new MemberAnswer(members[place].Name.Value, model.Version, json, score)));
        }
    }

    /// <summary>
    /// Reads an answer's best classes to the end of the list. Returns true if there are any and all are valid.
    /// </summary>
    private static bool IsTop(ref Utf8JsonReader reader)
    {
        var (classes, are) = (0, reader.TokenType == JsonTokenType.StartArray);
        while (are && reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var (label, index, score) = (false, false, false);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("label"u8))
                {
                    reader.Read();
                    label = IsText(ref reader);
                }
                else if (reader.ValueTextEquals("index"u8))
                {
                    reader.Read();
                    index = reader.TryGetInt32(out _);
                }
                else if (reader.ValueTextEquals("score"u8))
                {
                    reader.Read();
                    score = reader.TryGetSingle(out var value) && float.IsFinite(value);
                }
                else
                {
                    reader.Skip();
                }
            }

            are = label && index && score;
            classes++;
        }

        return are && classes > 0 && reader.TokenType == JsonTokenType.EndArray;
    }

    private static bool AreTexts(ref Utf8JsonReader reader)
    {
        var are = reader.TokenType == JsonTokenType.StartArray;
        while (are && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            are = IsText(ref reader);
        }

        return are;
    }

    // Escapes may not decode to valid text. They are rare, so other texts avoid the copy.
    private static bool IsText(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String
        && (!reader.ValueIsEscaped || reader.GetString() is not null);

    /// <summary>Reads an object to its end. Returns two of its members.</summary>
    private static (string? First, string? Second) ReadMembers(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        (string? First, string? Second) values = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(first))
            {
                reader.Read();
                values.First = reader.GetString();
            }
            else if (!second.IsEmpty && reader.ValueTextEquals(second))
            {
                reader.Read();
                values.Second = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        return values;
    }
}
