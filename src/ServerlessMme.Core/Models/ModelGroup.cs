using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// A group: a name that stands for many models, each of which answers. Stored as <c>{group}.json</c>, with the members
/// listed, <c>{"group":["topic-cats","topic-boats"]}</c>, or with what their names begin with,
/// <c>{"group":{"prefix":"topic-"}}</c>. A member may be an alias, but not a group, which rules out loops.
/// </summary>
public sealed class ModelGroup
{
    /// <summary>Maximum size of a group, in bytes: enough for <see cref="MaxMembers"/> names.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Maximum number of members.</summary>
    public const int MaxMembers = 10_000;

    private const string Member = "group";
    private const string PrefixMember = "prefix";

    private ModelGroup(IReadOnlyList<ModelName> names, string? prefix)
    {
        Names = names;
        Prefix = prefix;
    }

    /// <summary>The members in the group's order; empty when a prefix selects them.</summary>
    public IReadOnlyList<ModelName> Names { get; }

    /// <summary>What the members' names begin with; null when they are listed.</summary>
    public string? Prefix { get; }

    /// <summary>A group of these members. A refusal if they cannot be one.</summary>
    public static Outcome<ModelGroup> Of(ModelName group, IReadOnlyList<ModelName> names)
    {
        if (names.Count == 0)
        {
            return Refuse(group, "has no members. List at least one");
        }

        if (names.Count > MaxMembers)
        {
            return RefuseCount(group, names.Count);
        }

        var seen = new HashSet<ModelName>();
        foreach (var name in names)
        {
            if (name == group)
            {
                return Refuse(group, "has itself as a member. Take it out");
            }

            if (!seen.Add(name))
            {
                return Refuse(group, $"lists '{name}' twice. List each member once");
            }
        }

        return new ModelGroup(names, null);
    }

    /// <summary>A group of all models whose names begin with this. A refusal if none can.</summary>
    public static Outcome<ModelGroup> Of(ModelName group, string prefix)
    {
        // Only a hyphen may be the last character of a prefix, but not of a name.
        var name = prefix.EndsWith('-') ? prefix[..^1] : prefix;
        return ModelName.Parse(name).TryGet(out _, out _)
            ? new ModelGroup([], prefix)
            : Refuse(group, $"has the prefix '{Printable.Text(prefix)}', which no model's name can begin with: names have "
                + "lowercase letters, digits and single hyphens");
    }

    /// <summary>The group that the JSON describes; null when it describes something else.</summary>
    public static Outcome<ModelGroup>? Read(ModelName group, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(Member, out var member)
                ? Read(group, document.RootElement, member)
                : (Outcome<ModelGroup>?)null;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return StartsGroup(json.Span)
                ? Refuse(group, "is not JSON")
                : (Outcome<ModelGroup>?)null;
        }
    }

    /// <summary>True when JSON begins as a group does. The rest need not be there.</summary>
    public static bool StartsGroup(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(Member);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return false;
        }
    }

    /// <summary>True for what reading JSON throws: the second for strings that are no text, as <c>"\ud800"</c>.</summary>
    internal static bool IsUnreadable(Exception exception) => exception is JsonException or InvalidOperationException;

    /// <summary>The group as UTF-8 JSON.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (Prefix is null)
            {
                json.WriteStartArray(Member);
                foreach (var name in Names)
                {
                    json.WriteStringValue(name.Value);
                }

                json.WriteEndArray();
            }
            else
            {
                json.WriteStartObject(Member);
                json.WriteString(PrefixMember, Prefix);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The refusal where one model is needed.</summary>
    public static Refusal RefuseOne(ModelName group) => new(
        ErrorCode.ModelIsGroup,
        $"'{group}' is a group, and this needs one model. Name one of its members, which 'mme models group {group}' "
        + "lists.");

    /// <summary>The refusal of a member that is a group.</summary>
    public static Refusal RefuseNested(ModelName group, ModelName member) => new(
        ErrorCode.ModelIsGroup,
        $"'{member}' is a group itself, so it cannot be a member of group '{group}'. List its members instead.");

    /// <summary>The refusal of a file that is too large for a group.</summary>
    public static Refusal RefuseSize(ModelName group, long bytes) => Refuse(
        group,
        string.Create(CultureInfo.InvariantCulture, $"has {bytes:N0} bytes, at most {MaxBytes:N0} are allowed. Make ")
        + "several groups of it");

    /// <summary>The refusal of a group with too many members.</summary>
    internal static Refusal RefuseCount(ModelName group, int members) => Refuse(
        group,
        string.Create(
            CultureInfo.InvariantCulture,
            $"has {members:N0} members, at most {MaxMembers:N0} are allowed. Make several groups of it"));

    private static Outcome<ModelGroup> Read(ModelName group, JsonElement root, JsonElement member)
    {
        if (root.GetPropertyCount() > 1)
        {
            return Refuse(group, $"has other members than \"{Member}\". Take them out");
        }

        return member.ValueKind switch
        {
            JsonValueKind.Array => ReadNames(group, member),
            JsonValueKind.Object when member.GetPropertyCount() == 1
                && member.TryGetProperty(PrefixMember, out var prefix) && prefix.ValueKind == JsonValueKind.String =>
                Of(group, prefix.GetString()!),
            _ => Refuse(group, $"is neither a list of names nor {{\"{PrefixMember}\":\"...\"}}"),
        };
    }

    private static Outcome<ModelGroup> ReadNames(ModelName group, JsonElement list)
    {
        if (list.GetArrayLength() > MaxMembers)
        {
            return RefuseCount(group, list.GetArrayLength());
        }

        var names = new List<ModelName>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            var text = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
            if (!ModelName.Parse(text).TryGet(out var name, out var refusal))
            {
                return Refuse(group, $"names no model: {refusal.Message.TrimEnd('.')}");
            }

            names.Add(name);
        }

        return Of(group, names);
    }

    private static Refusal Refuse(ModelName group, string why) =>
        new(
            ErrorCode.InvalidGroup,
            $"Group '{group}' {why}. Correct '{group}.json', or define it again with 'mme models group {group} "
            + "MEMBER...'.");
}
