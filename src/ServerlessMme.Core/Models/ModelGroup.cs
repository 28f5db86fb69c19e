using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// A group: a name that stands for many models, each of which answers. Stored as <c>{group}.json</c>, with a list of
/// members, <c>{"group":["topic-cats","topic-boats"]}</c>, or the prefix of their names,
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

    /// <summary>The members in the group's order; empty if a prefix selects them.</summary>
    public IReadOnlyList<ModelName> Names { get; }

    /// <summary>The prefix of the members' names; null if members are listed.</summary>
    public string? Prefix { get; }

    /// <summary>Returns a group of these members, or a refusal if they are invalid.</summary>
    public static Outcome<ModelGroup> Of(ModelName group, IReadOnlyList<ModelName> names)
    {
        if (names.Count == 0)
        {
            return Refuse(group, "has no members");
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
                return Refuse(group, "lists itself as a member");
            }

            if (!seen.Add(name))
            {
                return Refuse(group, $"lists '{name}' twice");
            }
        }

        return new ModelGroup(names, null);
    }

    /// <summary>
    /// Returns a group of all models whose names begin with a prefix, or a refusal if no name can begin with it.
    /// </summary>
    public static Outcome<ModelGroup> Of(ModelName group, string prefix)
    {
        // A prefix may end with a hyphen, but a name may not.
        var name = prefix.EndsWith('-') ? prefix[..^1] : prefix;
        return ModelName.Parse(name).TryGet(out _, out _)
            ? new ModelGroup([], prefix)
            : Refuse(group, $"has the prefix '{Printable.Text(prefix)}', which no model's name can begin with. Use "
                + "lowercase letters, digits and single hyphens");
    }

    /// <summary>Returns the group that the JSON describes, or null if it describes something else.</summary>
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
                ? Refuse(group, "is not valid JSON")
                : (Outcome<ModelGroup>?)null;
        }
    }

    /// <summary>Returns true if the JSON begins like a group. The rest may be missing.</summary>
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

    /// <summary>
    /// Returns true for exceptions from reading JSON. A string with a lone surrogate throws InvalidOperationException.
    /// </summary>
    internal static bool IsUnreadable(Exception exception) => exception is JsonException or InvalidOperationException;

    /// <summary>Returns the group as UTF-8 JSON.</summary>
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

    /// <summary>Returns the refusal of a group where a single model is needed.</summary>
    public static Refusal RefuseOne(ModelName group) => new(
        ErrorCode.ModelIsGroup,
        $"'{group}' is a group, but a single model is required. Use one of the group's members instead. 'mme models "
        + $"group {group}' lists them.");

    /// <summary>Returns the refusal of a member that is a group.</summary>
    public static Refusal RefuseNested(ModelName group, ModelName member) => new(
        ErrorCode.ModelIsGroup,
        $"'{member}' is itself a group, so it cannot be a member of group '{group}'. List its members instead.");

    /// <summary>Returns the refusal of a file that is too large for a group.</summary>
    public static Refusal RefuseSize(ModelName group, long bytes) => Refuse(
        group,
        string.Create(CultureInfo.InvariantCulture, $"has {bytes:N0} bytes, but the limit is {MaxBytes:N0}. Split it ")
        + "into several groups");

    /// <summary>Returns the refusal of a group with too many members.</summary>
    internal static Refusal RefuseCount(ModelName group, int members) => Refuse(
        group,
        string.Create(
            CultureInfo.InvariantCulture,
            $"has {members:N0} members, but the limit is {MaxMembers:N0}. Split it into several groups"));

    private static Outcome<ModelGroup> Read(ModelName group, JsonElement root, JsonElement member)
    {
        if (root.GetPropertyCount() > 1)
        {
            return Refuse(group, $"has JSON members other than \"{Member}\"");
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
                return Refuse(group, $"has an invalid member: {refusal.Message.TrimEnd('.')}");
            }

            names.Add(name);
        }

        return Of(group, names);
    }

    private static Refusal Refuse(ModelName group, string why) =>
        new(
            ErrorCode.InvalidGroup,
            $"Group '{group}' {why}. Correct '{group}.json', or define the group again with 'mme models group "
            + $"{group} MEMBER...'.");
}
