using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Core.Models;

/// <summary>The version of a group: it changes when a member comes, goes, moves or is replaced.</summary>
public static class GroupVersion
{
    /// <summary>The version of a group that has these members: <c>group:</c> and 32 hexadecimal digits.</summary>
    /// <param name="members">In the group's order.</param>
    public static string Of(IEnumerable<GroupMember> members)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var member in members)
        {
            // Neither a name nor an ETag has a line break.
            hash.AppendData(Encoding.UTF8.GetBytes($"{member.Name.Value}\n{member.Version}\n"));
        }

        return "group:" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
