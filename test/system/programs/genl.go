// genl - lists the families of generic netlink with github.com/mdlayher/genetlink, and asks protocol 31 by hand.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
)

func check(what string, err error) {
	if err != nil {
		fmt.Println(what, err)
		os.Exit(1)
	}
}

func main() {
	conn, err := genetlink.Dial(nil)
	check("dial", err)
	families, err := conn.ListFamilies()
	check("list", err)
	for _, family := range families {
		fmt.Println("family", family.Name, family.Version)
	}
	_, err = conn.GetFamily("nobody")
	fmt.Println("nobody", err)
	conn.Close()

	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 31)
	check("socket", err)
	kernel := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}
	check("bind", syscall.Bind(fd, kernel))
	message := make([]byte, 16)
	message[0], message[4], message[6], message[8] = 16, 16, syscall.NLM_F_REQUEST|syscall.NLM_F_ACK, 7
	ask := func() { check("send", syscall.Sendto(fd, message, 0, kernel)) }
	ask()
	buffer := make([]byte, 4096)
	peeked, _, err := syscall.Recvfrom(fd, buffer, syscall.MSG_PEEK)
	check("peek", err)
	received, from, err := syscall.Recvfrom(fd, buffer, 0)
	check("receive", err)
	fmt.Printf("%T %v\n", from, peeked == received)
	for err == nil {
		_, _, err = syscall.Recvfrom(fd, buffer, syscall.MSG_DONTWAIT)
	}
	fmt.Println("empty", err == syscall.EAGAIN)
	time.AfterFunc(50*time.Millisecond, ask)
	_, _, flags, from, err := syscall.Recvmsg(fd, buffer[:8], nil, 0)
	check("wait", err)
	fmt.Printf("%T %v\n", from, flags&syscall.MSG_TRUNC != 0)
	for err == nil {
		_, _, err = syscall.Recvfrom(fd, buffer, syscall.MSG_DONTWAIT)
	}
	check("limit", syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 30000}))
	_, _, err = syscall.Recvfrom(fd, buffer, 0)
	fmt.Println("limited", err == syscall.EAGAIN)
}
