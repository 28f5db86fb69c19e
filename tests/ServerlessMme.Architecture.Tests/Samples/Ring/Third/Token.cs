using ServerlessMme.Architecture.Tests.Samples.Ring.First;

namespace ServerlessMme.Architecture.Tests.Samples.Ring.Third;

internal sealed class Token
{
    public static Func<object> Opening() => () => new Opener();
}
