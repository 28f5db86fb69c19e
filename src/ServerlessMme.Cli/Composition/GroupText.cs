using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Composition;

/// <summary>Describes groups in words.</summary>
internal static class GroupText
{
    /// <summary>Prints the group, and one line per member.</summary>
    public static void Show(ModelDescriptor group, IReadOnlyList<GroupMember> members)
    {
        Line("group", group.Name.Value);
        Line("version", group.Version);
        Line("members", Counted.Number(members.Count) + Published(members) + (group.Prefix is { } prefix
            ? $"; every name that begins with '{Printable.Text(prefix, 64)}'"
            : ""));
        Line("images", group.Name.ImagesContainer);
        if (members.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        var width = members.Max(member => member.Name.Value.Length);
        foreach (var member in members)
        {
            Console.WriteLine($"{member.Name.Value.PadRight(width)}  {State(member)}");
        }
    }

    /// <summary>Returns the number of members, and how many of them are published if not all are.</summary>
    public static string Members(IReadOnlyList<GroupMember> members) =>
        Counted.Of(members.Count, "member") + Published(members);

    /// <summary>Names the members that a group lost and gained; null if it has the same members.</summary>
    public static string? Changes(IReadOnlyList<GroupMember> before, IReadOnlyList<GroupMember> now)
    {
        var left = before.Select(member => member.Name).Except(now.Select(member => member.Name)).ToList();
        var joined = now.Select(member => member.Name).Except(before.Select(member => member.Name)).ToList();
        return left.Count + joined.Count == 0
            ? null
            : $"It had {Counted.Of(before.Count, "member")} before."
                + (left.Count == 0 ? "" : $" Removed: {Counted.Names([.. left.Select(name => name.Value)])}.")
                + (joined.Count == 0 ? "" : $" Added: {Counted.Names([.. joined.Select(name => name.Value)])}.");
    }

    /// <summary>Names the members of a published group that refuse images, with the way out; null if none do.</summary>
    public static string? Missing(IReadOnlyList<GroupMember> members) => Missing(
        members, "published", "until 'mme models push FOLDER --name NAME' publishes it");

    /// <summary>Names the members that refuse images because a folder lacks their models; null if none do.</summary>
    public static string? Missing(IReadOnlyList<GroupMember> members, string folder) => Missing(
        members, $"in '{Printable.Text(folder)}'", "until its model folder exists");

    private static string Published(IReadOnlyList<GroupMember> members)
    {
        var published = members.Count(member => member.Version is not null);
        return published == members.Count ? "" : $", {Counted.Number(published)} of them published";
    }

    private static string? Missing(IReadOnlyList<GroupMember> members, string where, string until)
    {
        var nested = members.Where(member => member.IsGroup).Select(member => member.Name.Value).ToList();
        var missing = members.Where(member => member is { Version: null, IsGroup: false })
            .Select(member => member.Name.Value).ToList();
        string?[] lines =
        [
            missing.Count == 0 ? null : $"Not {where}: {Counted.Names(missing)}. Each refuses all images {until}.",
            nested.Count == 0
                ? null
                : $"Not a model, but a group: {Counted.Names(nested)}. A group can't be a member, so it refuses all "
                    + "images.",
        ];
        var text = string.Join(Environment.NewLine, lines.OfType<string>());
        return text.Length == 0 ? null : text;
    }

    private static string State(GroupMember member) => member switch
    {
        { IsGroup: true } => "a group, so it refuses all images",
        { Version: { } version } => version,
        _ => "not published, so it refuses all images",
    };

    private static void Line(string what, string text) => Console.WriteLine($"{what,-10}  {text}");
}
