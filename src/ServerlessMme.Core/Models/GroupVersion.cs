using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Core.Models;

/// <summary>The version of a group. It changes when a member is added, removed, moved or replaced.</summary>
internal static class GroupVersion
{
    private const string Prefix = "group:";

    /// <summary>
    /// Returns the version of a group that has these members: <c>group:</c> and 32 hexadecimal digits.
    /// </summary>
    /// <param name="members">In the group's order.</param>
    public static string Of(IEnumerable<GroupMember> members)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var member in members)
        {
            // Neither names nor ETags contain line breaks.
            var version = member.IsGroup ? "group" : member.Version;
            hash.AppendData(Encoding.UTF8.GetBytes($"{member.Name.Value}\n{version}\n"));
        }

        return Prefix + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>Returns true if this is the version of a group. Models have ETags or digests instead.</summary>
    public static bool Is(string? version) => version?.StartsWith(Prefix, StringComparison.Ordinal) == true;
}
